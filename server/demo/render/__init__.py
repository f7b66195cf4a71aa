"""Makes the demo shop's product file and its pictures.

`python -m server.demo.render --catalogue` writes `products.jsonl` from the range and needs nothing but Python.
The pictures are rendered in 3D with Blender's Cycles, which is wanted only to make them, so it lives in an
environment of its own (Python 3.11):

    python3.11 -m venv build/blender
    build/blender/bin/pip install bpy==4.5.15 pillow
    build/blender/bin/python -m server.demo.render --pictures --photos

The folder imports nothing else of the project. Read `range.py` (what is sold), `catalogue.py` (the product file),
`shapes_*.py` (how it is modelled), `scenes.py` (where it stands) and `shoot.py` (how it is photographed).
"""
