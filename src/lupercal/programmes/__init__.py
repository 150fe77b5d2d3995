"""Who is offered what, where and when: programmes as data, eligibility with a reason per criterion, plans."""
