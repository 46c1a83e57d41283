"""Maps of words: principal components or t-SNE, ellipses of densities, arrows into sentences; tables of neighbours.

Pictures need matplotlib, interactive pages plotly: ``pip install 'densevec[plot]'``.  What is on a map is worked out
without them.
"""

from densevec.plotting.changes import save_changes
from densevec.plotting.ellipses import Ellipse
from densevec.plotting.interactive import neighbours_on
from densevec.plotting.readings import Reading, read_senses, read_words
from densevec.plotting.saving import picture_ending, save_map
from densevec.plotting.tables import nearest_neighbours_table
from densevec.plotting.word_map import WordMap, map_words

__all__ = [
    "Ellipse",
    "Reading",
    "WordMap",
    "map_words",
    "nearest_neighbours_table",
    "neighbours_on",
    "picture_ending",
    "read_senses",
    "read_words",
    "save_changes",
    "save_map",
]
