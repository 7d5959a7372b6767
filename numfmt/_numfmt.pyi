# cffi builds this module; what ffi and lib hold is known to the C compiler only.
from typing import Any

ffi: Any
lib: Any
