"""Search: the rows of a table that score highest for a query, by any measure.

``nearest`` has three ways, tried in this order, all with the ranking of a float64 scan:

- a scan by compiled kernels of 8-bit codes (where ``Table.scan_index`` was built) or of the float32 table, each score
  with a rigorous bound on its error; every row that may be among the best is scored again in float64;
- the same in NumPy, for measures and kinds of densities that have a product form but no kernel;
- a float64 scan by the measure's own formula, block by block.

``GraphIndex`` is the approximate one, which vectors ask by themselves where it was saved beside their file.
"""

from densevec.vectors.search.beside import SavedGraph
from densevec.vectors.search.codes import ScanIndex
from densevec.vectors.search.exact import exact_scores, nearest
from densevec.vectors.search.graph import GraphIndex
from densevec.vectors.search.table import Queries, Table, widen

__all__ = ["GraphIndex", "Queries", "SavedGraph", "ScanIndex", "Table", "exact_scores", "nearest", "widen"]
