"""The steps in which every gateway counts how long answers took: fine enough to compare two slots.

Envoy's own steps jump 1, 5, 10, 25, 50 ms.
"""

LATENCY_BUCKETS_MS = (
    *(0.5, 1, 2, 3, 4, 5, 7.5, 10, 15, 20, 30, 50, 75, 100),
    *(150, 250, 500, 1000, 2500, 5000, 10000, 30000),
)
