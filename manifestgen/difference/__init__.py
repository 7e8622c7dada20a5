"""The semantic difference of two bundles: matching objects, comparing values, and reports of the result."""
