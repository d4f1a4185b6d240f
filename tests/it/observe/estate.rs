//! Databases, compute, load balancers, images, certificates, records.
