"""Raw text and a mapping become canonical columns, with a trail.

`harmonise.py` goes through the columns, `outcome.py` makes the key, time and event, `status.py` the status at days, `measured.py` reads measurements, `gaps.py` knows why a
value is missing, `trail.py` keeps what was done to each column.
"""
