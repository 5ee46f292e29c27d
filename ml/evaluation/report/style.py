"""The report's style sheet: calm and dark, the film in the middle."""

STYLE = """
:root { color-scheme: dark; }
body { margin: 0; background: #101315; color: #e8e6e1; font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 32px 24px 80px; }
h1 { font-size: 26px; font-weight: 600; margin: 0 0 4px; }
h2 { font-size: 18px; font-weight: 600; margin: 0 0 10px; }
h3 { font-size: 14px; font-weight: 600; margin: 0 0 8px; }
h3 small { color: #9aa3ab; font-weight: 400; margin-left: 8px; }
p { margin: 0 0 12px; color: #c3c7c9; max-width: 76ch; }
section { background: #15181b; border: 1px solid #262c31; border-radius: 8px; padding: 20px 22px; margin: 22px 0; }
svg { display: block; max-width: 100%; height: auto; }
svg text { font-family: system-ui, "Segoe UI", Roboto, sans-serif; }
svg.hidden { position: absolute; }
a { color: #56b4e9; }
figure { margin: 0; }
.grid { display: flex; flex-wrap: wrap; gap: 22px 24px; }
.row { display: flex; flex-wrap: wrap; gap: 14px; }
.legend { display: flex; flex-wrap: wrap; gap: 6px 18px; }
.legend span { display: inline-flex; align-items: center; gap: 6px; }
.warning { border-left: 3px solid #e69f00; padding-left: 10px; }
.report { font-size: 13px; color: #9aa3ab; margin: 8px 0 24px; white-space: pre-line; }
article + article { border-top: 1px solid #262c31; padding-top: 16px; }
details { margin-top: 12px; }
details td:last-child { min-width: 24ch; }
summary { cursor: pointer; color: #9aa3ab; }
summary:focus-visible { outline: 2px solid #56b4e9; outline-offset: 3px; }
.wide { overflow-x: auto; margin-top: 8px; }
table { border-collapse: collapse; font-size: 12.5px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 4px 14px 4px 0; border-bottom: 1px solid #262c31; vertical-align: top; }
td { white-space: nowrap; color: #c3c7c9; }
td:last-child { white-space: normal; }
.lines td { white-space: pre; }
.prose td { white-space: normal; min-width: 9ch; }
.lines + h3 { margin-top: 26px; }
thead th { color: #9aa3ab; font-weight: 500; }
tbody th { font-weight: 500; white-space: nowrap; }
"""
