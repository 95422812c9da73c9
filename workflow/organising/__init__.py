"""Changes of the organisation by administrators: agencies, positions, accounts, working weeks.

Each change is written down with who made it, when and why; nothing that has been is deleted.
"""
