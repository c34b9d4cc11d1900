"""The program: reads settings, wires components, exports. Decides nothing about AWS or Envoy."""
