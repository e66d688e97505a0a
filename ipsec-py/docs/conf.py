"""How Sphinx builds the documentation; the tests build it, too."""

import os
from pathlib import Path

import ipsec_core

project = "ipsec-core"
copyright = "the authors of ipsec-core"
version = release = ipsec_core.__version__
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.doctest",
    "sphinx.ext.intersphinx",
]
html_theme = "furo"
html_title = "ipsec_core"
exclude_patterns = ["_build", "requirements.txt"]

autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
# Names of types that only type checkers know.
nitpick_ignore_regex = [("py:.*", r"(_typeshed|scapy|typing|collections|os|datetime|builtins)\..*|SparkSession")]

# The notebook and the examples run among the captures of the repository.
captures = Path(__file__).resolve().parents[2] / "examples" / "captures"
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 60
os.environ["IPSEC_CAPTURES"] = str(captures)
doctest_global_setup = f"import os; os.chdir({str(captures)!r}); import ipsec_core"
