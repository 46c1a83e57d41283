"""Questions to vectors over HTTP, answered as JSON.  Needs FastAPI and uvicorn: ``pip install 'densevec[serve]'``."""

from densevec.serving.app import AT_ONCE, MOST, make_app
from densevec.serving.processes import RULES, app_of_environment, check_address, serve

__all__ = ["AT_ONCE", "MOST", "RULES", "app_of_environment", "check_address", "make_app", "serve"]
