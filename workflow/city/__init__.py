"""The demo city as data: Kota Metro's agencies, posts, acting officers and a dozen proposals."""
