"""Words → sound: voices, recordings, the cache, how Korean is read out."""
