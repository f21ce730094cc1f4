"""How names of model files end, without reading one."""

VENSIM = (".mdl",)
XMILE = (".xmile", ".xml", ".stmx", ".itmx")  # XMILE 1.0, Stella, iThink
