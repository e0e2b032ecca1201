using System.Globalization;
using SaeDashboard.StorageChecks;

// What scripts/check.sh store runs: each verb prints its figures and ends with 0 when all is as it should be.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
return args switch
{
    ["write", var folder, var seed] => Writers.Run(folder, int.Parse(seed, CultureInfo.InvariantCulture)),
    ["kills", var rounds, var seed] => Kills.Run(int.Parse(rounds, CultureInfo.InvariantCulture), int.Parse(seed, CultureInfo.InvariantCulture)),
    ["damage", var rounds, var seed] => Damage.Run(int.Parse(rounds, CultureInfo.InvariantCulture), int.Parse(seed, CultureInfo.InvariantCulture)),
    ["speed", var folder, var writers, var seconds] => Speed.Run(folder, int.Parse(writers, CultureInfo.InvariantCulture), double.Parse(seconds, CultureInfo.InvariantCulture)),
    ["full", var folder] => FullDisk.Run(folder),
    ["features"] => FeatureLists.Run(),
    ["annotations"] => Annotations.Run(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("write DIR SEED | kills ROUNDS SEED | damage ROUNDS SEED | speed DIR WRITERS SECONDS | full DIR | features | annotations");
    return 2;
}
