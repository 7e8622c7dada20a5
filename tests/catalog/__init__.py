"""The catalog: formats of shipped data, versions, conditions."""
