"""The parts that screens are made of (ui-design, section 4). Each is a `screens.layout.Box` built for one `Look`."""
