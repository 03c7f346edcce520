"""What a person must know, answer or repair before a table is judged: findings, in counts only, without values.

`findings.py` says what a finding is. `whole.py` puts the findings of an imported table together, one file per subject: `identity.py`,
`birth.py`, `outcome.py` (time and event), `event.py`, `dates.py`, `filled_days.py`, `years.py`, `sites.py`, `columns.py`, `labels.py`, `values.py`, `grid.py`, `kept.py`. A raw table,
before any mapping, is looked at by `raw.py`, `rows.py` and `date_forms.py`, which `cohorts/first_look.py` calls.
"""
