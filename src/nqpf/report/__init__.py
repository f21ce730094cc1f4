"""The report: one HTML page, in both languages, from results on disk."""

from nqpf.report.material import Material, gather
from nqpf.report.page import REPORT, render

__all__ = ["REPORT", "Material", "gather", "render"]
