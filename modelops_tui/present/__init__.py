"""How a value reads: text for people and programs, shared by both faces. It never prints, asks or looks at a screen."""
