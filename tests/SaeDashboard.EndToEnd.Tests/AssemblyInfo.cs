using System.Runtime.Versioning;
using SaeDashboard.EndToEnd.Tests.Fixtures;

[assembly: SupportedOSPlatform("linux")]

// Two cores, one site and one browser: what the tests measure (a point drawn within a second) would suffer from neighbours.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: TestCollectionOrderer(typeof(WalkFirst))]
[assembly: AssemblyFixture(typeof(BrowserFixture))]
[assembly: AssemblyFixture(typeof(SharedSite))]
