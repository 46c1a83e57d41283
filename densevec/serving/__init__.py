"""Questions to vectors over HTTP, answered as JSON.  Needs FastAPI and uvicorn: ``pip install 'densevec[serve]'``."""

from densevec.serving.app import MOST, make_app
from densevec.serving.processes import app_of_environment, serve

__all__ = ["MOST", "app_of_environment", "make_app", "serve"]
