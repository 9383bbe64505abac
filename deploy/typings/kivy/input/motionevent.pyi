class MotionEvent:
    uid: object
    x: float
    y: float
    button: str
