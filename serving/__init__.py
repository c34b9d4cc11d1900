"""What runs beside the models: releases, the gate, the shift and the prober. Imports no pulumi."""
