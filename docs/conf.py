"""How `make docs` builds the site; a warning is an error."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

project = "densevec"
author = "The densevec authors"
copyright = "the densevec authors"  # the name that Sphinx reads
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["notebooks"]
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme = "furo"
html_title = "densevec"
html_theme_options = {"navigation_with_keys": True}
html_copy_source = False
html_show_sphinx = False

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 4

napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
autodoc_typehints = "none"  # what arrays may be takes lines; docstrings say their shapes
autodoc_member_order = "bysource"
autodoc_default_options = {
    "members": True,
    "inherited-members": "object,Exception,BaseException,tuple",
    "show-inheritance": True,
}


def escape_bars(app, what, name, obj, options, lines):
    """|x| is an absolute value in our docstrings, and a substitution in reStructuredText."""
    for number, line in enumerate(lines):
        parts = line.split("``")
        parts[::2] = [part.replace("\\|", "|").replace("|", "\\|") for part in parts[::2]]
        lines[number] = "``".join(parts)


def part_parameters(app, what, name, obj, options, lines):
    """``name : text`` of our docstrings has no type: the text goes where descriptions are; what follows is a note."""
    result, section, after_blank = [], None, True
    for place, line in enumerate(lines):
        following = lines[place + 1] if place + 1 < len(lines) else ""
        if following and set(following) == {"-"}:
            section = line
        elif section in ("Parameters", "Attributes") and line and not line.startswith(" ") and set(line) != {"-"}:
            found = re.fullmatch(r"([\w*]+(?:, [\w*]+)*) : (.*)", line)
            if found:
                result += [found[1], f"    {found[2]}"]
                continue
            if after_blank and " " in line.replace(", ", ","):
                section = None
                result += ["Notes", "-----"]
        after_blank = not line
        result.append(line)
    lines[:] = result


# Pages of the repository's root that have a place on the site, as pages of docs/ name them and as they name docs/.
MOVED = {
    "](../CONTRIBUTING.md": "](contributing.md",
    "](../CHANGELOG.md": "](changes.md",
    "](docs/": "](",
}


def follow_moved_pages(app, document, source):
    for written, there in MOVED.items():
        source[0] = source[0].replace(written, there)


def skip_what_is_not_ours(app, what, name, obj, skip, options):
    """What scikit-learn's parents of ours have is described there."""
    return skip or (getattr(obj, "__module__", None) is not None and obj.__module__.startswith("sklearn.")) or None


def setup(app):
    app.connect("autodoc-skip-member", skip_what_is_not_ours)
    app.connect("source-read", follow_moved_pages)
    app.connect("autodoc-process-docstring", escape_bars)
    app.connect("autodoc-process-docstring", part_parameters, priority=400)  # before napoleon, at 500
