"""How the columns of one raw table become variables: `mapping.py` the thing, `read_mapping.py` its file, `sections.py` a section of it."""
