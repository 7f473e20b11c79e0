"""Where it rests: the one room that knows files, TinyDB and the file lock.

It never knows what a kind means, who may do what, or how a value reads.
"""
