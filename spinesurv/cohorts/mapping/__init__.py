"""How the columns of one raw table become variables: `mapping.py` the thing, `read_mapping.py` its file, `read_outcome.py` the outcome in
it, `sections.py` a section of it, `written.py` the dates and values that it writes.
"""
