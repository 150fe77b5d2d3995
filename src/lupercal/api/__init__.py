"""The public face: what the command line, the web and ``import lupercal as lp`` call, over the same frozen records."""
