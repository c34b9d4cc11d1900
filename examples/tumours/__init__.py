"""The breast-cancer table: thirty named measurements, two classes, quality per slice of tumour size."""
