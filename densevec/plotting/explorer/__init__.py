"""An explorer of words: one page for the browser, with the vectors in it, that answers without a network."""

from densevec.plotting.explorer.page import explorer_page, save_explorer

__all__ = ["explorer_page", "save_explorer"]
