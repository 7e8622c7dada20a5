"""Reading bundles as people do: where fields came from, and how two bundles differ."""
