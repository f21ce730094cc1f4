"""What a finished sweep says: one function an analysis, each from a store to tidy tables."""

from nqpf.sweep.analysis.discovery import discover
from nqpf.sweep.analysis.indices import morris, sobol
from nqpf.sweep.analysis.ranking import rank
from nqpf.sweep.analysis.robust import robust
from nqpf.sweep.analysis.synergy import synergy
from nqpf.sweep.analysis.tables import Findings, write_findings
from nqpf.sweep.analysis.tornado import tornado

__all__ = [
    "Findings",
    "discover",
    "morris",
    "rank",
    "robust",
    "sobol",
    "synergy",
    "tornado",
    "write_findings",
]
