"""A scenario file to begin with: it runs as it stands, and its comments name all that may be written."""

from __future__ import annotations

from scenarios import scenario_file
from scenarios.faults.rows import KINDS
from scenarios.rehearsal import changes
from scenarios.rehearsal.expect_counts import MEASURES

_TEMPLATE = """\
# {name}: say in a line or two what happens on this day, as you would tell a colleague.
name = "{name}"
extends = "{extends}"          # a chain or another scenario by name, or a file beside this one
title_en = "{name}"
title_zh = "{name}"
about_en = ""
about_zh = ""
# first = {first}             # days; those of what it extends where they are left out
# last = {first}
# without = ["..."]            # names of what it extends that shall not happen here

# [settings]                   # sizes and chance, as with --set
# jam_per_vend = 0.01

# [changes]                    # what is otherwise in the chain: {paths}
# "restock.depart" = "09:30"

# [calendar]                   # for on = "holidays" and on = "school holidays"
# country = "{country}"
# school_holidays = ["{first}"]

# [[weather]]
# high = 36.0                  # warmest and coldest air of the day, degrees Celsius
# low = 28.0
# drinks_per_degree = 0.0      # declared, since no recording says it

# Places are {places}; times are local;
# on is "every day", "first day", "last day", "weekdays", "holidays", "mon", a date or "DATE..DATE".

[[customers]]
name = "rush"
times = 2.0
where = "all"
from = "12:00"
to = "13:00"

# What may go wrong:
{kinds}
[[faults]]
name = "provider"
what = "provider down"
tenders = ["{tender}"]
from = "12:15"
to = "12:45"

# What may be measured:
{measures}
[[expect]]
name_en = "more is wanted in the rush than in the hour before"
name_zh = "高峰期需求高于前一小时"
measure = "wanted"
from = "12:00"
to = "13:00"
min = 1.0                      # or max, or about = 100 with within = "5%"
compared_with = {{ from = "11:00", to = "12:00" }}
"""


def text(name: str, extends: str) -> str:
    """The file's text; raises ConfigError where ``extends`` is no scenario."""
    base = scenario_file.read(scenario_file.path_of(extends))
    first = (
        base.first.isoformat() if base.first else "2022-06-01" if base.demand == "us-2022" else "2017-07-01"
    )
    return _TEMPLATE.format(
        name=name,
        extends=extends,
        first=first,
        paths=", ".join(changes.paths()),
        country={"us-2022": "US", "cn-2017": "CN"}.get(base.demand, "HK"),
        places="all, machine:…, district:…, site:…, node:…, size:…, share:0.2, store:…, van:…, warehouse:…",
        kinds="\n".join(f"#   {word:18} {kind.does}" for word, kind in KINDS.items()),
        tender="cashless" if base.demand == "us-2022" else "code",
        measures="\n".join(f"#   {word:18} {what}" for word, what in MEASURES.items()),
    )
