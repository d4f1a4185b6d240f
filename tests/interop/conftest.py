import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
# Their assertions explain themselves, as those of the tests do.
pytest.register_assert_rewrite("scripts", "elsewhere", "watched")
