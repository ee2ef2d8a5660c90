"""Who: residents, their contacts, devices and coordinators; consent, sharing, absence; and the Sign all rooms speak."""
