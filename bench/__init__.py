"""What we promise (design.md §11), measured. Run all with `make bench`, one with `ledvei bench NAME`.

A measurement is a module here with a `main()`; what several share begins with an underscore. It measures the
real thing on this machine, beside a peer where there is one, and ends with `report(…)`, which prints the
figures and keeps them in `bench/results/NAME.json`. Only figures from there are written into the README.
"""
