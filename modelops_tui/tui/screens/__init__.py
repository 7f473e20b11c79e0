"""What fills the terminal at one time. Screens ask services from threads and never wait for them."""
