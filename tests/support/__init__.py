"""What tests share: builders, the page-checking client, clocks and false servers."""
