"""From masks to numbers: volumes, diameters, lesions tracked over visits."""
