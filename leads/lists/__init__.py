"""Lists of leads: what is asked in an address, what it means in SQL, its orders, pages and columns."""
