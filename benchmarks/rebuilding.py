"""What `hub rebuild` costs, run beside a store whose workers have ended.

CPU and memory are those of the whole command, its start included; its own report says how many
events it folded, and how long that took.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from typing import Any

from benchmarks.machine import cpu_seconds, pin
from benchmarks.report import per_event
from benchmarks.workers import Site, bare_environment, hub_command


def measure_rebuild(site: Site) -> dict[str, Any]:
    """Rebuild the site's store. Raises RuntimeError where the command does not end well."""
    said, told = site.folder / "rebuild.json", site.folder / "rebuild.log"
    command = [*hub_command(site, "rebuild"), "--json", str(said)]
    before = (cpu_seconds(site.server), cpu_seconds(site.broker))
    began = time.monotonic()
    with told.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=bare_environment())
        if site.core is not None:
            pin(site.core, process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - began
    if process.returncode != 0:
        last = told.read_text(errors="replace").splitlines()[-15:]
        raise RuntimeError("the rebuild did not end well:\n" + "\n".join(last))
    report = json.loads(said.read_text("utf-8"))
    found = per_event(
        report["events"],
        client=usage.ru_utime + usage.ru_stime,
        wall=wall,
        server=None if site.server is None else cpu_seconds(site.server) - before[0],
        broker=cpu_seconds(site.broker) - before[1],
    )
    kept = ("switched", "fold_seconds", "touches", "to_send", "held_seconds")
    return {
        **found,
        **{name: report[name] for name in kept},
        "folded_per_second": report["events_per_second"],
        "resident_max_mb": round(usage.ru_maxrss / 1e3, 1),
    }
