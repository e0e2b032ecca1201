namespace SaeDashboard.Sae.Tests.Evaluation.GroundTruth;

/// <summary>The definitions, pair by pair and threshold by threshold.</summary>
internal static class BruteForce
{
    public static double Auroc(float[] scores, sbyte[] labels)
    {
        double won = 0, pairs = 0;
        for (var i = 0; i < scores.Length; i++)
        {
            for (var j = 0; j < scores.Length; j++)
            {
                if (labels[i] != 1 || labels[j] != -1 || float.IsNaN(scores[i]) || float.IsNaN(scores[j])) continue;
                pairs++;
                won += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
            }
        }
        return won / pairs;
    }

    public static double AveragePrecision(float[] scores, sbyte[] labels)
    {
        var counted = scores.Zip(labels).Where(pair => pair.Second != 0 && !float.IsNaN(pair.First)).ToList();
        var positives = counted.Count(pair => pair.Second == 1);
        double precision = 0, recallBefore = 0;
        foreach (var threshold in counted.Select(pair => pair.First).Distinct().OrderDescending())
        {
            var above = counted.Where(pair => pair.First >= threshold).ToList();
            var hits = above.Count(pair => pair.Second == 1);
            var recall = hits / (double)positives;
            precision += (recall - recallBefore) * hits / above.Count;
            recallBefore = recall;
        }
        return precision;
    }
}
