Neighbours = list
def draw_page(*a, **k): raise NotImplementedError
