using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("SaeDashboard.Web.Tests")]
