using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("SaeDashboard.Sae.Tests")]
[assembly: InternalsVisibleTo("SaeDashboard.Benchmarks")]
