import Segments
