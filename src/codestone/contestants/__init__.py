"""Who is measured: launch configurations, from a file or from flags, with what is known of each."""
