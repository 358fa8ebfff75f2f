"""A page of HTML that needs nothing else, to be kept, printed, or sent: what every report begins and ends with."""

_STYLE = """
:root { color-scheme: light dark; --ground: #fbfcfe; --text: #111823; --faint: #545c68;
  --accent: #1f5fbf; --line: #c8d0dc }
@media (prefers-color-scheme: dark) { :root { --ground: #04060a; --text: #e6ebf2; --faint: #a5aebb;
  --accent: #7db0ff; --line: #39424f } }
body { background: var(--ground); color: var(--text); font: 15px/1.4 system-ui, "Source Sans 3", sans-serif;
  margin: 2rem auto; max-width: 66rem; padding: 0 1rem }
h1 { font-size: 1.6rem; margin: 0 } h2 { font-size: 1.25rem; overflow-wrap: anywhere; margin: 1rem 0 .5rem }
p { margin: .3rem 0; overflow-wrap: anywhere } .faint { color: var(--faint) }
table { border-collapse: collapse; width: 100% } th, td { border-bottom: 1px solid var(--line); padding: .2rem .4rem;
  text-align: left; vertical-align: middle }
td.number { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap }
"""

ENDING = "</main>\n</body>\n</html>\n"


def opening(title: str, below: str, style: str, language: str = "en") -> str:
    """Return a page up to its content.

    `title` and what stands `below` it are HTML, `style` is what CSS the content needs beside that of all reports. A
    page loads nothing and runs nothing, whatever is in it.
    """
    return f"""<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>SQRT: {title}</title>
<style>{_STYLE}{style.lstrip()}</style>
</head>
<body>
<header><h1>{title}</h1>
{below}</header>
<main>
"""
